"""People, where they are employed on which days, who can sign in, and what each may do where."""
