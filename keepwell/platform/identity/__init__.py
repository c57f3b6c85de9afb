"""How somebody shows who they are: passwords, second factors, sessions, fresh proofs, and other houses that vouch
for their people."""
