# SPDX-License-Identifier: MIT
PACKAGE := nsisolate
VERSION := 0.2.0

# --- knobs a packager may override (GNU coding standards names) -------------
comma := ,
ifeq ($(origin CC),default)
CC := gcc
endif
PKG_CONFIG ?= pkg-config
INSTALL    ?= install
PREFIX     ?= /usr/local
SBINDIR    ?= $(PREFIX)/sbin
BINDIR     ?= $(PREFIX)/bin
LIBEXECDIR ?= $(PREFIX)/libexec
SYSCONFDIR ?= /etc
MANDIR     ?= $(PREFIX)/share/man
COMPLETIONDIR ?= $(PREFIX)/share/bash-completion/completions
PAMDIR     ?= $(or $(shell $(PKG_CONFIG) --variable=libdir pam 2>/dev/null),/usr/lib)/security
SYSTEMDUNITDIR ?= $(PREFIX)/lib/systemd/system
TMPFILESDIR ?= $(PREFIX)/lib/tmpfiles.d
XSESSIONDIR ?= $(SYSCONFDIR)/X11/Xsession.d
SELINUXDIR ?= $(PREFIX)/share/selinux/packages
RUNDIR     ?= /run/nsisolate
STATEDIR   ?= /var/lib/nsisolate
B          ?= build
# Limits of sets go through systemd where it runs: "no" builds without libsystemd, and without such limits.
SYSTEMD    ?= $(if $(shell $(PKG_CONFIG) --exists libsystemd && echo yes),yes,no)

CFLAGS ?= -O2 -g

# --- ours: appended with override, so that CFLAGS= on the command line adds ---
warnings := -Wall -Wextra -Wshadow -Wformat=2 -Wstrict-prototypes -Wmissing-prototypes \
	-Wmissing-declarations -Wpointer-arith -Wcast-qual -Wwrite-strings -Wundef \
	-Wvla -Wno-missing-field-initializers -Wnull-dereference -Wdeclaration-after-statement -Wdate-time
# Debian 12's dpkg-buildflags knows none of these: probe, as they depend on the target.
cc_flag   = $(shell $(CC) -Werror $(1) -x c -c -o /dev/null /dev/null 2>/dev/null && echo $(1))
hardening := -fstack-protector-strong $(call cc_flag,-fstack-clash-protection) \
	$(call cc_flag,-fcf-protection) $(call cc_flag,-mbranch-protection=standard)
override CFLAGS   += -std=gnu11 -fPIC -fvisibility=hidden $(warnings) $(hardening) \
	$(if $(WERROR),-Werror) $(if $(SANITIZE),-fsanitize=$(SANITIZE) -fno-omit-frame-pointer) \
	$(if $(COVERAGE),-O0)
# What the programs have of the directories and the version.
paths := -DPACKAGE_VERSION='"$(VERSION)"' -DNSI_RUNDIR='"$(RUNDIR)"' \
	-DNSI_STATEDIR='"$(STATEDIR)"' -DNSI_CONFIG='"$(SYSCONFDIR)/security/nsisolate.conf"' \
	-DNSI_HELPER='"$(LIBEXECDIR)/$(PACKAGE)/nsisolate-helper"' \
	-DNSI_MODULE='"$(PAMDIR)/pam_nsisolate.so"' \
	-DNSI_SELINUX_MODULE='"$(SELINUXDIR)/nsisolate.cil"'
override CPPFLAGS += -D_GNU_SOURCE $(if $(SANITIZE)$(COVERAGE),,-U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=2) \
	$(if $(SANITIZE),-DNSI_UNCONFINED) -Ilib -Ihelper -I. $(paths)
override LDFLAGS  += -Wl,-z,relro,-z,now,-z,noexecstack -Wl,--as-needed \
	$(if $(SANITIZE),-fsanitize=$(SANITIZE))

helper_libs = $(shell $(PKG_CONFIG) --libs libconfig libcap libmnl libseccomp)
limits_libs = $(shell $(PKG_CONFIG) --libs libsystemd)
ctl_libs    = $(shell $(PKG_CONFIG) --libs libconfig libcap smartcols jansson)

# --- what there is -----------------------------------------------------------
lib_src    := $(sort $(wildcard lib/*/*.c))
module_src := $(sort $(wildcard pam_nsisolate/*.c))
anchor_src := $(sort $(wildcard anchor/*.c))
limits_src := $(if $(filter yes,$(SYSTEMD)),$(sort $(wildcard limits/*.c)))
helper_src := $(sort $(wildcard helper/*.c helper/*/*.c))
ctl_src    := $(sort $(wildcard ctl/*.c))
unit_src   := $(filter-out $(if $(limits_src),,tests/unit/limits/%),$(sort $(wildcard tests/unit/*/test_*.c)))
tool_src   := $(sort $(wildcard tests/tools/*.c))
tool_parts := $(sort $(wildcard tests/tools/*/*.c))
man_src    := $(sort $(wildcard man/*.[1-8]))
unit_files := $(patsubst conf/systemd/%.in,$(DESTDIR)$(SYSTEMDUNITDIR)/%,$(sort $(wildcard conf/systemd/*.in)))
tmpfiles   := $(DESTDIR)$(TMPFILESDIR)/nsisolate.conf

obj         = $(1:%.c=$(B)/%.o)
lib_obj    := $(call obj,$(lib_src))
module_obj := $(call obj,$(module_src))
helper_obj := $(call obj,$(helper_src))
limits_obj := $(call obj,$(limits_src))
ctl_obj    := $(call obj,$(ctl_src))
# What the command knows of instances on disk is the helper's room itself.
ctl_shared := $(filter $(B)/helper/instance/%,$(call obj,$(helper_src)))
# main() is the one file that the tests do not link.
rooms_obj  := $(filter-out $(B)/helper/main.o,$(helper_obj))
ctl_rooms  := $(filter-out $(B)/ctl/main.o,$(ctl_obj))
units      := $(unit_src:%.c=$(B)/%)
module     := $(B)/pam_nsisolate.so
helper     := $(B)/nsisolate-helper
anchor     := $(B)/nsisolate-anchor
limits     := $(if $(limits_src),$(B)/nsisolate-limits)
ctl        := $(if $(ctl_src),$(B)/nsisolate)
probe      := $(patsubst tests/tools/pam_%.c,$(B)/tests/tools/pam_%.so,$(filter tests/tools/pam_%,$(tool_src)))
nss        := $(patsubst tests/tools/nss_%.c,$(B)/tests/tools/libnss_%.so.2,$(filter tests/tools/nss_%,$(tool_src)))
preloads   := $(patsubst %.c,$(B)/%.so,$(filter tests/tools/preload_%,$(tool_src)))
tools      := $(patsubst %.c,$(B)/%,$(filter-out tests/tools/pam_% tests/tools/preload_% tests/tools/nss_%,$(tool_src))) \
	$(probe) $(preloads) $(nss)

.PHONY: all
all: $(module) $(helper) $(anchor) $(limits) $(ctl) ## build the module, the helper and the command

# The file changes when a directory or the version does, and with it the objects that name one:
# "make && make install PREFIX=/usr" installs what looks in /usr.
paths_users := $(shell grep -lE 'NSI_(RUNDIR|STATEDIR|CONFIG|HELPER|MODULE|SELINUX_MODULE)\b|PACKAGE_VERSION' \
	$(lib_src) $(module_src) $(helper_src) $(ctl_src) $(unit_src) $(tool_src) 2>/dev/null)
$(call obj,$(paths_users)): $(B)/paths
$(B)/paths: force
	@mkdir -p $(@D)
	@echo "$(paths)" | cmp -s - $@ || echo "$(paths)" >$@
.PHONY: force
force:

$(B)/%.o: %.c
	@mkdir -p $(@D)
	$(CC) $(CPPFLAGS) $(CFLAGS) -MMD -MP -c -o $@ $<

$(B)/libnsi.a: $(lib_obj)
	$(RM) $@
	$(AR) rcsD $@ $(lib_obj)

$(module): $(module_obj) $(B)/libnsi.a pam_nsisolate/pam_nsisolate.map
	$(CC) $(CFLAGS) -shared $(LDFLAGS) -Wl,-z,defs -Wl,--no-undefined-version \
	  -Wl,--version-script=pam_nsisolate/pam_nsisolate.map -o $@ $(module_obj) $(B)/libnsi.a -lpam

$(helper): $(helper_obj) $(B)/libnsi.a
	$(CC) $(CFLAGS) -pie $(LDFLAGS) -o $@ $(helper_obj) $(B)/libnsi.a $(helper_libs)

# Without a C library where anchor/kernel.h knows the machine's system calls: why, it says.
anchor_bare := $(if $(SANITIZE),,$(shell $(CC) $(CPPFLAGS) $(CFLAGS) -ffreestanding -fsyntax-only -x c \
	anchor/kernel.h 2>/dev/null && echo yes))
$(B)/anchor/%.o: override CFLAGS += $(if $(anchor_bare),-ffreestanding -fno-stack-protector \
	-fno-tree-loop-distribute-patterns)

$(anchor): $(call obj,$(anchor_src))
	$(CC) $(CFLAGS) $(if $(anchor_bare),-static-pie -nostdlib -Wl$(comma)-z$(comma)noseparate-code,-pie) \
	  $(LDFLAGS) -o $@ $^

$(B)/nsisolate-limits: $(limits_obj) $(B)/libnsi.a
	$(CC) $(CFLAGS) -pie $(LDFLAGS) -o $@ $(limits_obj) $(B)/libnsi.a $(limits_libs)

$(B)/nsisolate: $(ctl_obj) $(ctl_shared) $(B)/libnsi.a
	$(CC) $(CFLAGS) -pie $(LDFLAGS) -o $@ $(ctl_obj) $(ctl_shared) $(B)/libnsi.a $(ctl_libs)

$(B)/tests/unit/%: $(B)/tests/unit/%.o $(rooms_obj) $(B)/libnsi.a
	$(CC) $(CFLAGS) -pie $(LDFLAGS) -o $@ $< $(rooms_obj) $(B)/libnsi.a $(helper_libs) -lcmocka

$(B)/tests/unit/limits/%: $(B)/tests/unit/limits/%.o $(B)/limits/manager.o $(B)/libnsi.a
	$(CC) $(CFLAGS) -pie $(LDFLAGS) -o $@ $< $(B)/limits/manager.o $(B)/libnsi.a $(limits_libs) -lcmocka
$(B)/tests/unit/limits/test_main: | $(limits)

# The module's functions, with a PAM library that is in the test.
$(B)/tests/unit/pam_nsisolate/%: $(B)/tests/unit/pam_nsisolate/%.o $(module_obj) $(B)/libnsi.a
	$(CC) $(CFLAGS) -pie $(LDFLAGS) -o $@ $< $(module_obj) $(B)/libnsi.a -lcmocka

# The command's rooms and the helper's are never in one program.
$(B)/tests/unit/ctl/%: $(B)/tests/unit/ctl/%.o $(ctl_rooms) $(ctl_shared) $(B)/libnsi.a
	$(CC) $(CFLAGS) -pie $(LDFLAGS) -o $@ $< $(ctl_rooms) $(ctl_shared) $(B)/libnsi.a $(ctl_libs) -lseccomp -lcmocka

$(B)/tests/tools/pam_%.so: $(B)/tests/tools/pam_%.o
	$(CC) $(CFLAGS) -shared $(LDFLAGS) -o $@ $< -lpam

$(B)/tests/tools/preload_%.so: $(B)/tests/tools/preload_%.o
	$(CC) $(CFLAGS) -shared $(LDFLAGS) -o $@ $< -ldl

$(B)/tests/tools/libnss_%.so.2: $(B)/tests/tools/nss_%.o
	$(CC) $(CFLAGS) -shared $(LDFLAGS) -o $@ $<

# Two tools are more than one file.
$(B)/tests/tools/pamhost: $(filter $(B)/tests/tools/host/%,$(call obj,$(tool_parts)))
$(B)/tests/tools/powers: $(filter $(B)/tests/tools/power/%,$(call obj,$(tool_parts)))
$(B)/tests/tools/%: $(B)/tests/tools/%.o $(B)/libnsi.a
	$(CC) $(CFLAGS) -pie $(LDFLAGS) -o $@ $(filter %.o,$^) $(B)/libnsi.a -lpam -ldl

include tests/tests.mk
include tests/coverage/coverage.mk
include tests/sanitize/sanitize.mk

# --- what people call ---------------------------------------------------------
.PHONY: install uninstall clean dist distcheck format help
install: all ## install below $(DESTDIR)
	$(INSTALL) -D -m 0644 $(module) $(DESTDIR)$(PAMDIR)/pam_nsisolate.so
	$(INSTALL) -D -m 0755 $(helper) $(DESTDIR)$(LIBEXECDIR)/$(PACKAGE)/nsisolate-helper
	$(INSTALL) -D -m 0755 $(anchor) $(DESTDIR)$(LIBEXECDIR)/$(PACKAGE)/nsisolate-anchor
	$(if $(limits),$(INSTALL) -D -m 0755 $(limits) $(DESTDIR)$(LIBEXECDIR)/$(PACKAGE)/nsisolate-limits)
	$(if $(ctl),$(INSTALL) -D -m 0755 $(ctl) $(DESTDIR)$(SBINDIR)/nsisolate)
	$(INSTALL) -d -m 0755 $(DESTDIR)$(BINDIR)
	ln -srf $(DESTDIR)$(SBINDIR)/nsisolate $(DESTDIR)$(BINDIR)/nsisolate # users have no sbin in their PATH
	test -e $(DESTDIR)$(SYSCONFDIR)/security/nsisolate.conf || \
	  $(INSTALL) -D -m 0644 conf/nsisolate.conf $(DESTDIR)$(SYSCONFDIR)/security/nsisolate.conf
	$(INSTALL) -d -m 0755 $(DESTDIR)$(SYSCONFDIR)/security/nsisolate.d
	$(INSTALL) -D -m 0644 conf/completion/nsisolate $(DESTDIR)$(COMPLETIONDIR)/nsisolate
	$(INSTALL) -D -m 0644 conf/xsession/10nsisolate $(DESTDIR)$(XSESSIONDIR)/10nsisolate
	set -e; for m in $(man_src); do \
	  $(INSTALL) -D -m 0644 $$m $(DESTDIR)$(MANDIR)/man$${m##*.}/$${m##*/}; done

	$(foreach f,$(unit_files),$(call fill_in,conf/systemd/$(notdir $f).in,$f))
	$(call fill_in,conf/tmpfiles.d/nsisolate.conf.in,$(tmpfiles))
	$(call fill_in,conf/selinux/nsisolate.cil.in,$(DESTDIR)$(SELINUXDIR)/nsisolate.cil)
	$(if $(DESTDIR),,@$(next_steps))

# What install says when it was for this machine.
define next_steps
printf '%s\n' "" "Installed. Next:" \
  "  1. write the policy: $(SYSCONFDIR)/security/nsisolate.conf, then: $(SBINDIR)/nsisolate check" \
  "  2. try it without a login: $(SBINDIR)/nsisolate run USER -- sh -c 'ls /tmp; hostname'" \
  "  3. keep a root shell open and add the module as the last session line of the PAM stacks;" \
  "     \"$(SBINDIR)/nsisolate doctor\" names the files and writes out the line"
endef

# systemd takes the architecture of the machine for "native", and a helper built for another one that
# the machine runs, too, makes system calls of its own.
machine       := $(shell $(CC) -dumpmachine)
architectures := native$(if $(filter i386-% i486-% i586-% i686-%,$(machine)), x86)$(if $(filter arm-% armv%,$(machine)), arm)

.PHONY: print-architectures
print-architectures: # for tools/check-units
	@echo '$(architectures)'

# Directories stand in some of the files as @NAME@.
define fill_in
	$(INSTALL) -d -m 0755 $(dir $2)
	sed -e 's,@LIBEXECDIR@,$(LIBEXECDIR),g' -e 's,@SBINDIR@,$(SBINDIR),g' \
	  -e 's,@RUNDIR@,$(RUNDIR),g' -e 's,@STATEDIR@,$(STATEDIR),g' \
	  -e 's,@ARCHITECTURES@,$(architectures),g' $1 >$2
	chmod 0644 $2

endef

uninstall: ## remove what install put there; the configuration stays
	@if users=$$(grep -lsE '^[^#]*pam_nsisolate\.so' $(DESTDIR)$(SYSCONFDIR)/pam.d/* \
	  $(DESTDIR)$(SYSCONFDIR)/pam.conf $(DESTDIR)/usr/lib/pam.d/*); then \
	  echo "uninstall: these PAM stacks name pam_nsisolate.so, and would refuse every session," \
	    "root's as well, without it; take the line out of them first:" >&2; \
	  echo "$$users" | sed 's/^/  /' >&2; exit 1; fi
	$(RM) $(DESTDIR)$(PAMDIR)/pam_nsisolate.so
	$(RM) -r $(DESTDIR)$(LIBEXECDIR)/$(PACKAGE)
	$(RM) $(DESTDIR)$(COMPLETIONDIR)/nsisolate $(DESTDIR)$(XSESSIONDIR)/10nsisolate \
	  $(DESTDIR)$(SELINUXDIR)/nsisolate.cil
	$(RM) $(DESTDIR)$(SBINDIR)/nsisolate $(DESTDIR)$(BINDIR)/nsisolate $(unit_files) $(tmpfiles)
	set -e; for m in $(man_src); do $(RM) $(DESTDIR)$(MANDIR)/man$${m##*.}/$${m##*/}; done

clean: ## remove what was built
	$(RM) -r $(B) $(PACKAGE)-$(VERSION).tar.xz

.PHONY: deb
deb: ## the Debian packages, in $(B)/deb
	tools/build-deb $(B)/deb

dist: ## a source archive of HEAD
	git archive --format=tar --prefix=$(PACKAGE)-$(VERSION)/ HEAD | xz > $(PACKAGE)-$(VERSION).tar.xz

distcheck: dist ## build, check and install from that archive alone
	@t=$$(mktemp -d); tar -C $$t -xf $(PACKAGE)-$(VERSION).tar.xz && \
	$(MAKE) -C $$t/$(PACKAGE)-$(VERSION) all check-source check-unit && \
	$(MAKE) -C $$t/$(PACKAGE)-$(VERSION) install DESTDIR=$$t/root PREFIX=/usr; \
	s=$$?; rm -rf $$t; exit $$s

format: ## lay the sources out as .clang-format says
	clang-format -i $$(git ls-files '*.c' '*.h')

help: ## this list
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/\1\t\2/p' $(MAKEFILE_LIST) | expand -t 16

.DELETE_ON_ERROR:
.SECONDARY:
-include $(patsubst %.c,$(B)/%.d,$(lib_src) $(module_src) $(helper_src) $(anchor_src) $(limits_src) $(ctl_src) $(unit_src) $(tool_src) $(tool_parts))
