"""Acts: functions that change a record; each is at once the rule, the permission check, the
transaction, the history verb, the button and form on the page, and the API endpoint."""
