"""Reports by mail: a mail is taken, told from what machines write, given to its unit, made a report, and answered once."""
