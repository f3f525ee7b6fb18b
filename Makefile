# Everything a stranger needs: `make demo` and `make test`. Both install what is missing (Debian: apt-get; else they
# say what to install). `make help` lists the rest.

CARGO ?= cargo
SUDO  := $(shell [ "$$(id -u)" = 0 ] || echo sudo)
export CARGO_TERM_COLOR ?= auto

# need COMMAND PACKAGE: installs PACKAGE unless COMMAND is there.
define need
	@command -v $(1) >/dev/null 2>&1 || { \
	  command -v apt-get >/dev/null 2>&1 || { echo "error: $(1) is missing; please install it ($(2))" >&2; exit 1; }; \
	  echo "installing $(2)"; $(SUDO) apt-get install -y -q $(2) >/dev/null 2>&1 \
	    || { $(SUDO) apt-get update -q && $(SUDO) apt-get install -y -q $(2); }; }
endef

.PHONY: help demo build test check unit no-etcd bench sim fuzz rules bless protoc etcd ansible clean

help:           ## What can be made
	@grep -hE '^[a-z-]+: .*##' Makefile | sed -E 's/:[^#]*## */\t/' | expand -t 12

demo: build     ## Play the eight-node sample on this machine, with one file deleted and healed
	@sh samples/demo.sh target/release/khor

build: protoc   ## The release binary, target/release/khor
	$(CARGO) build --release

test: check unit no-etcd   ## All that must hold: formatting, clippy, every test, the build without etcd

check: protoc
	$(CARGO) fmt --check
	$(CARGO) clippy --all-targets -- -D warnings

unit: protoc etcd ansible
	$(CARGO) test

no-etcd:        ## The build that needs neither protoc nor etcd
	$(CARGO) check --no-default-features

bench: protoc etcd   ## Every bench; the end-to-end figures also go to target/bench-e2e.txt
	$(CARGO) bench

sim: ## The choreography simulator over many seeds
	KHOR_SIM_SEEDS=20000 PROPTEST_CASES=5000 $(CARGO) test --release --lib choreography

fuzz: protoc ## Mutated templates by the ten thousand, those of KHOR_CORPUS too where it names a folder
	KHOR_FUZZ_CASES=$${KHOR_FUZZ_CASES:-50000} $(CARGO) test --test fuzz

rules: protoc   ## Rewrite docs/rules.md from the texts of the codes
	mkdir -p docs
	$(CARGO) run -q -- explain --markdown > target/rules.md && mv target/rules.md docs/rules.md

bless: protoc   ## Rewrite the expected messages of tests/lint/*.md; read the difference before you commit it
	KHOR_BLESS=1 $(CARGO) test --test lint

protoc:
	$(call need,protoc,protobuf-compiler)

etcd:
	$(call need,etcd,etcd-server)
	$(call need,etcdctl,etcd-client)
	$(call need,ps,procps)
	$(call need,python3,python3)

ansible:        ## An Ansible of the tests' own, target/ansible, unless there is one in PATH (half a minute)
	$(call need,python3,python3)
	@command -v ansible-playbook >/dev/null 2>&1 || [ -x target/ansible/bin/ansible-playbook ] || { \
	  echo "installing ansible-core into target/ansible"; \
	  python3 -c 'import ensurepip' 2>/dev/null || $(SUDO) apt-get install -y -q python3-venv >/dev/null 2>&1; \
	  python3 -m venv target/ansible && target/ansible/bin/pip install -q ansible-core \
	    || { rm -rf target/ansible; echo "no Ansible: the tests of playbooks will say that they skip"; }; }

clean:
	$(CARGO) clean
