"""Who may ask for what: keys, tokens, scopes, rates."""
