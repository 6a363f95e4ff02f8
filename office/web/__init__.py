"""What every part of the web service uses: templates and their headers, refusals, TLS or loopback, typed keys."""
