# The same words as bin/ and tools/dev, for those who like make.
.PHONY: help demo test build check fmt tidy clean
help:
	@echo 'make demo    set up, build and run a first experiment (bin/demo)'
	@echo 'make test    set up, build and run all tests (bin/test)'
	@echo 'make build   the release build that bin/galileo runs'
	@echo 'make check   what to run before pushing: format, tidy, build, unit tests'
	@echo 'make fmt     format the sources'
	@echo 'make tidy    house rules and clang-tidy on what changed'
	@echo 'make clean   remove build/'
demo:
	./bin/demo
test:
	./bin/test
build:
	tools/dev build release
check fmt tidy:
	tools/dev $@
clean:
	rm -rf build
