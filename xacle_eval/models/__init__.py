"""What results have in common: frozen models that can show themselves."""
