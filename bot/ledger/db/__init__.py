"""The databases below the ledger: tables, transactions, migrations."""
