# Every command is `python3 dev.py COMMAND`; dev.py says what each one does.
.PHONY: demo up test fuzz chaos check doctor lock clean

demo:
	@python3 dev.py demo
up:
	@python3 dev.py up
test:
	@python3 dev.py test
fuzz:
	@python3 dev.py fuzz
chaos:
	@python3 dev.py chaos $(ARGS)
check:
	@python3 dev.py check
doctor:
	@python3 dev.py doctor
lock:
	@python3 dev.py lock
clean:
	@python3 dev.py clean
