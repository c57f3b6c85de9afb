"""What the law gives a person: to be told everything that is kept about them (GDPR Art. 15, Taiwan PDPA Art. 3), and
to be erased (GDPR Art. 17, PDPA Art. 11), while the sealed trail and the figures of past years still hold."""
