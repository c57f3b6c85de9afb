"""Parts of names in Mexico and in the United States."""


def _words(text: str) -> list[str]:
    """The names in `text`, blanks between them."""
    return text.split()


def _names(text: str) -> list[str]:
    """The names in `text`, an upright bar between them."""
    return text.replace("\n", "").split("|")


MEXICO_GIVEN = _names("""
Lucía|Sofía|Valeria|Mariana|Fernanda|Ximena|Daniela|Camila|Regina|Andrea|Paola|Alejandra|Gabriela|
Carolina|Elena|Rosa|Guadalupe|Verónica|Adriana|Claudia|Santiago|Mateo|Diego|Emiliano|Sebastián|Leonardo|
Miguel|Ángel|José Luis|Carlos|Javier|Ricardo|Fernando|Alejandro|Eduardo|Raúl|Héctor|Óscar|Iván|Rodrigo|
Juan Pablo|Francisco|Antonio|Manuel|Andrés|Gustavo
""")
MEXICO_FAMILIES = _names("""
Campos|Rivera|Hernández|García|Martínez|López|González|Pérez|Rodríguez|Sánchez|Ramírez|Cruz|Flores|
Gómez|Morales|Vázquez|Reyes|Jiménez|Torres|Díaz|Gutiérrez|Ruiz|Mendoza|Aguilar|Ortiz|Moreno|Castillo|
Romero|Álvarez|Méndez|Chávez|Herrera|Medina|Domínguez|Castro|Guzmán|Vargas|Velázquez|Salazar|Rojas|
Ortega|Cortés|Santiago|Guerrero|Contreras|Bautista|Estrada|Luna|Ríos
""")
AMERICA_GIVEN = _words("""
Emma Olivia Grace Hannah Megan Lauren Rachel Angela Diana Maria Priya Mei Linh Aisha Naomi Claire Julia
Teresa Denise Karen Liam Noah Ethan Lucas Owen Caleb Marcus Andre Kevin Brian David Daniel Jason Anthony
Victor Rajesh Wei Minh Omar Carlos Samuel Nathan Peter Thomas Steven Gregory Aaron Eric Tyler Dylan
""")
AMERICA_FAMILIES = _words("""
Carter Bennett Hughes Foster Reed Coleman Jenkins Perry Powell Patterson Simmons Bryant Hayes Sullivan
Wallace Woods Fisher Nguyen Tran Patel Shah Kim Chen Lopez Garcia Ramirez Torres Rivera Gomez Diaz
Walker Turner Parker Evans Collins Stewart Morris Murphy Cooper Howard Ward Watson Brooks Kelly Sanders
Price Barnes Ross Henderson
""")
