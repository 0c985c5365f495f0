# Every command lives in scripts/run.sh: without make, `sh scripts/run.sh demo` does the same as `make demo`.

.DEFAULT_GOAL := help
COMMANDS := help demo check test test-all bench docs coverage clean

.PHONY: $(COMMANDS)
$(COMMANDS):
	@sh scripts/run.sh $@
