"""The running site: settings, addresses, navigation and the command line."""
