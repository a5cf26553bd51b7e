"""Hostile input by the million: `make fuzz`, and a small part of it with every `make test`.

Each target makes inputs out of valid ones by mutations that know their structure, and checks what became of each. An
input follows from target, seed and number, so a finding is made again by `python -m tests.fuzz TARGET --only NUMBER`.
Coverage would not guide it: what takes the bytes apart here (msgspec, aiokafka, cramjam, aiohttp) is compiled.
"""
