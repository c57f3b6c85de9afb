"""What was changed, by whom, when and why: a Change for every change of a Tracked row, written in
the same transaction, never edited."""
