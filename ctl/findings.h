/* SPDX-License-Identifier: MIT */
/* The findings of doctor and check: an id each, which never changes its meaning. */
#ifndef NSI_CTL_FINDINGS_H
#define NSI_CTL_FINDINGS_H

enum severity {
	SEV_ERROR,   /* isolation fails, or can be got around */
	SEV_WARNING, /* it may, or somebody meant something else */
	SEV_NOTE,    /* nothing to be done, or a choice that somebody made */
	SEV_MAX
};

/*
 * F(NAME, id, severity).  nsisolate(8) has a table of them, which tools/check-manual
 * compares with this one.  An id is never given to something else.
 */
#define FINDINGS(F)                                                  \
	F(KERNEL_CALL, "kernel-call", SEV_ERROR)                     \
	F(KERNEL_NAMESPACE, "kernel-namespace", SEV_WARNING)         \
	F(LIMIT_NONE, "limit-none", SEV_ERROR)                       \
	F(LIMIT_LOW, "limit-low", SEV_WARNING)                       \
	F(FILE_UNUSABLE, "file-unusable", SEV_ERROR)                 \
	F(DIRECTORY_UNSAFE, "directory-unsafe", SEV_ERROR)           \
	F(SELINUX_MODULE, "selinux-module", SEV_ERROR)               \
	F(SWITCHED_OFF, "switched-off", SEV_ERROR)                   \
	F(RECORD_BAD, "record-bad", SEV_WARNING)                     \
	F(SET_ORPHANED, "set-orphaned", SEV_WARNING)                 \
	F(SOCKET_MISSING, "socket-missing", SEV_WARNING)             \
	F(SOCKET_BROKEN, "socket-broken", SEV_ERROR)                 \
	F(NO_LIMITS, "no-limits", SEV_NOTE)                          \
	F(NO_QUOTA, "no-quota", SEV_NOTE)                            \
	F(POLICY_ERROR, "policy-error", SEV_ERROR)                   \
	F(POLICY_WARNING, "policy-warning", SEV_WARNING)             \
	F(POLICY_UNUSABLE, "policy-unusable", SEV_ERROR)             \
	F(POLICY_OPTIONAL, "policy-optional", SEV_NOTE)              \
	F(POLICY_ALLOWS, "policy-allows", SEV_WARNING)               \
	F(POLICY_KERNEL, "policy-kernel", SEV_ERROR)                 \
	F(POLICY_PROGRAM, "policy-program", SEV_ERROR)               \
	F(PATH_UNUSABLE, "path-unusable", SEV_WARNING)               \
	F(NO_RULES, "no-rules", SEV_WARNING)                         \
	F(RULE_TRIAL, "rule-trial", SEV_WARNING)                     \
	F(RULE_SERVICE_UNKNOWN, "rule-service-unknown", SEV_WARNING) \
	F(RULE_USER_UNKNOWN, "rule-user-unknown", SEV_WARNING)       \
	F(RULE_UNREACHED, "rule-unreached", SEV_WARNING)             \
	F(SUDOERS_HOST, "sudoers-host", SEV_WARNING)                 \
	F(SERVICE_LEFT_OUT, "service-left-out", SEV_WARNING)         \
	F(ACCOUNT_LEFT_OUT, "account-left-out", SEV_WARNING)         \
	F(ACCOUNT_ON_HOST, "account-on-host", SEV_NOTE)              \
	F(PAM_NOT_ENABLED, "pam-not-enabled", SEV_ERROR)             \
	F(PAM_MISSING, "pam-missing", SEV_ERROR)                     \
	F(PAM_MISSING_UNKNOWN, "pam-missing-unknown", SEV_WARNING)   \
	F(PAM_MISSING_ROOT, "pam-missing-root", SEV_NOTE)            \
	F(PAM_UNREADABLE, "pam-unreadable", SEV_ERROR)               \
	F(PAM_INCLUDE, "pam-include", SEV_ERROR)                     \
	F(PAM_FAILS_OPEN, "pam-fails-open", SEV_ERROR)               \
	F(PAM_REFUSES_ALL, "pam-refuses-all", SEV_ERROR)             \
	F(PAM_ARGUMENT, "pam-argument", SEV_ERROR)                   \
	F(PAM_ALLOWS, "pam-allows", SEV_WARNING)                     \
	F(PAM_ELSEWHERE, "pam-elsewhere", SEV_NOTE)                  \
	F(PAM_ENDS_BEFORE, "pam-ends-before", SEV_ERROR)             \
	F(PAM_JUMPS_OVER, "pam-jumps-over", SEV_WARNING)             \
	F(PAM_ORDER, "pam-order", SEV_ERROR)                         \
	F(PAM_ORDER_HARMS, "pam-order-harms", SEV_WARNING)           \
	F(PAM_CLOSE, "pam-close", SEV_ERROR)                         \
	F(PAM_CLOSE_HARMS, "pam-close-harms", SEV_WARNING)           \
	F(PAM_NOT_FINAL, "pam-not-final", SEV_WARNING)               \
	F(PAM_DIRECTORY, "pam-directory", SEV_ERROR)                 \
	F(IPC_REMOTE, "ipc-remote", SEV_ERROR)                       \
	F(IPC_DISPLAY, "ipc-display", SEV_NOTE)                      \
	F(AUTOLOGIN, "autologin", SEV_WARNING)                       \
	F(ARCHITECTURE_MODULE, "architecture-module", SEV_ERROR)     \
	F(CONSUMER_GOES_ON, "consumer-goes-on", SEV_ERROR)           \
	F(CONSUMER_NO_SESSION, "consumer-no-session", SEV_ERROR)     \
	F(CONSUMER_SERVES, "consumer-serves", SEV_NOTE)              \
	F(CONSUMER_SHARED, "consumer-shared", SEV_NOTE)              \
	F(VIEW_LOST, "view-lost", SEV_ERROR)                         \
	F(VIEW_MENDED, "view-mended", SEV_NOTE)                      \
	F(VIEW_AUTOMOUNT, "view-automount", SEV_WARNING)             \
	F(VIEW_PROPAGATION, "view-propagation", SEV_WARNING)         \
	F(NOT_ROOT, "not-root", SEV_NOTE)

enum finding {
#define FINDING_NAME(name, id, severity) FIND_##name,
	FINDINGS(FINDING_NAME)
#undef FINDING_NAME
	FIND_MAX
};

struct finding_row {
	const char *id;
	enum severity severity;
};

extern const struct finding_row finding_rows[FIND_MAX];

/* "error", "warning" or "note". */
const char *severity_word(enum severity severity);

#endif /* NSI_CTL_FINDINGS_H */
