"""The database: engine, migrations, writing in bulk, partitions, backup and restore."""
