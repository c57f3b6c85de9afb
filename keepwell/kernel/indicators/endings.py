"""Endings: of files that attackers leave and bring, and of names of the Internet that stand undefanged in a text.

Countries' endings have two letters each and are all known. What ends otherwise is found too, as something to be looked
at; what was defanged is never doubted.
"""

from __future__ import annotations

FILES = frozenset({
    "7z", "ace", "apk", "asp", "aspx", "bak", "bat", "bin", "cab", "cfg", "cmd", "conf", "cpl", "crypt", "csv", "dat",
    "dll", "dmg", "doc", "docm", "docx", "dot", "dotm", "drv", "efi", "elf", "eml", "enc", "exe", "gz", "hta", "htm",
    "html", "img", "inf", "ini", "iso", "jar", "js", "jse", "json", "jsp", "jspx", "kdbx", "key", "lnk", "locked",
    "log", "msg", "msi", "msp", "ocx", "ovpn", "pdf", "pem", "pfx", "php", "plist", "ppt", "pptm", "pptx", "ps1",
    "psm1", "py", "rar", "reg", "rtf", "scf", "scr", "sh", "sys", "tar", "tmp", "txt", "url", "vbe", "vbs", "vhd",
    "vhdx", "war", "wsf", "wsh", "xls", "xlsb", "xlsm", "xlsx", "xml", "yaml", "yml", "zip",
})  # fmt: skip
NAMES = frozenset({
    "academy", "aero", "agency", "amazon", "app", "arpa", "art", "asia", "autos", "azure", "bank", "bar", "beauty",
    "berlin", "bid", "biz", "blog", "boats", "bond", "boston", "buzz", "cafe", "capital", "care", "cash", "cat",
    "center", "cfd", "charity", "chat", "church", "click", "clinic", "cloud", "club", "codes", "college", "com",
    "community", "company", "computer", "coop", "corp", "credit", "cricket", "cyou", "date", "dating", "dental",
    "design", "dev", "digital", "doctor", "domains", "download", "edu", "education", "email", "example", "faith",
    "finance", "flights", "forum", "foundation", "fun", "fund", "gallery", "game", "games", "global", "google", "gov",
    "group", "guru", "hair", "health", "home", "homes", "hospital", "host", "hosting", "hotel", "icu", "info",
    "insurance", "int", "internal", "intranet", "invalid", "jobs", "kim", "kyoto", "lan", "land", "law", "lawyer",
    "legal", "life", "link", "live", "loan", "local", "localhost", "lol", "london", "makeup", "media", "melbourne",
    "men", "miami", "microsoft", "mil", "mobi", "mom", "money", "monster", "moscow", "motorcycles", "museum", "nagoya",
    "name", "net", "network", "news", "ngo", "ninja", "nyc", "ong", "onion", "online", "org", "osaka", "page", "paris",
    "party", "photo", "photos", "pics", "pictures", "pizza", "play", "post", "press", "pro", "pub", "quest", "racing",
    "rest", "restaurant", "review", "rocks", "sbs", "school", "science", "security", "services", "shop", "site", "skin",
    "social", "software", "solutions", "space", "store", "stream", "studio", "support", "sydney", "systems", "taipei",
    "tax", "taxi", "tech", "tel", "test", "today", "tokyo", "tools", "top", "tours", "trade", "training", "travel",
    "university", "vegas", "video", "vip", "website", "wiki", "win", "work", "world", "xxx", "xyz", "yachts", "zone",
})  # fmt: skip
"""Endings of names as one meets them, beside those of countries; `onion` and those within a house among them."""
BOTH = frozenset({"zip", "py", "sh"})
"""Endings of files that are endings of names too: what was defanged with one is a name."""
