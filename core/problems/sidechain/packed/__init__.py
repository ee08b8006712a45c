"""After a backbone is made: its ProteinMPNN sequences and their packed models, checked together."""
