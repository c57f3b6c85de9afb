"""The invented group that shows Keepwell at work: Meridian Semiconductor Holding, 2019 to 14 November 2025.

`deliveries` yields the files its people would bring in, in the order of their days; nobody in them exists.
"""
