"""Everything that persists: tables, migrations, the projection, queries and stored files."""
