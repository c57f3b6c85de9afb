"""Where evidence is kept and by what it is scanned, read from the settings and refused if it makes no sense."""

from __future__ import annotations

import shlex
from urllib.parse import urlsplit

from keepwell.config import env

PROGRAM_ENDINGS = (
    "exe,dll,com,scr,pif,cpl,sys,msi,msp,bat,cmd,ps1,psm1,vbs,vbe,js,jse,wsf,wsh,hta,lnk,url,scf,inf,reg,jar,app,"
    "apk,deb,rpm,dmg,iso,img,vhd,vhdx"
)
WAYS = ("clamd", "unix", "command")


def evidence_store(place: str) -> str:
    """ "" for the data folder, else s3://bucket/prefix?endpoint=https://host."""
    if place and (urlsplit(place).scheme != "s3" or not urlsplit(place).netloc):
        env.stop("KEEPWELL_EVIDENCE_STORE must be s3://bucket/prefix, or empty for the data folder.")
    return place


def scan_hook(place: str) -> str:
    """ "" (nothing is handed out), "none" (handed out unscanned), or where the scanner is."""
    if place in ("", "none"):
        return place
    way, _sign, rest = place.partition(":")
    if way not in WAYS or not rest.strip("/"):
        env.stop(
            "KEEPWELL_SCAN must be clamd://host:3310, unix:/path/of/socket, command:/path/of/program, or none."
        )
    try:
        sound = (
            bool(shlex.split(rest)) if way == "command" else urlsplit(place).port is None or way == "clamd"
        )
    except ValueError:
        sound = False
    if not sound:
        env.stop("KEEPWELL_SCAN names a scanner that cannot be called.")
    return place
