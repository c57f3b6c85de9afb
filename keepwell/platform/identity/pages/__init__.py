"""The pages of signing in, of one's own account, and of those who look after other people's."""

from __future__ import annotations
