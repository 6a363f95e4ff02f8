"""What a person should look at: alerts with their evidence, and the rules that raise them by themselves."""
