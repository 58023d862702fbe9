"""What the product can produce: vocabulary, facts, catalogue, plan and rendering."""
