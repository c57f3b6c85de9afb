"""What a person owes by a day: told by the areas from their records, or owed as a debt of a person or a role
until the thing is done; passed on to a colleague, handed over when somebody leaves."""
