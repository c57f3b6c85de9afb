"""Telling people: in the site at once, by mail at once or in a daily digest, by chat and webhooks.

`tell` writes what is to be told in the transaction of its cause; senders take it from there under a lease, and
look again, at the moment of sending, whether the reader may see what it is about.
"""
