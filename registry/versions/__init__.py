"""Which model, prompt, index, tool and policy version served when."""
