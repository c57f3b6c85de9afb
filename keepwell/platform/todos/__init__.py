"""What a person owes by a day, told by the areas that know it."""
