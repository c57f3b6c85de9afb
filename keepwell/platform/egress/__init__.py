"""The one client by which Keepwell asks other hosts: public addresses by https, and what the operator allows.

`fetch` resolves a name once and connects to that very address, looks at every redirect anew, and gives no
more than it was asked for. Nothing else in the house speaks HTTP to the outside; a test of the house says so.
"""
