"""What each word of the `keepwell` command asks and does; a file a subject. Django is set up before any of them."""
