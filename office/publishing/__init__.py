"""What every outlet caches: the catalogue's contents, its files, the signed `current` and root, and the process that signs."""
