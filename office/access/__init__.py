"""Who may come in: accounts, passwords, second factors, sessions, lock-outs, and what each role may do."""
