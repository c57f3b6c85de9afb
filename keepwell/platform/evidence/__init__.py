"""Evidence: files and links that prove something. A piece has versions, a version has files, each kept once under
the digest of its content; one piece proves many records, and whoever may not see both ends sees no link."""
