"""Every address of the API, which `keepwell.config.urls` loads when one is first asked for."""

from keepwell.platform.registers import api

urlpatterns, _, _ = api.build().urls
