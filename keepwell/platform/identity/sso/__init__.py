"""Other houses that vouch for their people: OpenID Connect and SAML 2.0."""
