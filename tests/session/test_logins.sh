#!/bin/bash
# SPDX-License-Identifier: MIT
# The consumers without peculiarities: runuser, login, cron, at, pamtester.
. "$(dirname "$0")/rig.sh"

default_policy
isolate
stack rig "$rig_service"

check_way runuser alice
check_way runuser_l bob
check_way login alice
check_way cron bob
check_way at alice

case_begin "login has its terminal"
expect_match "$(as_login alice tty)" '^/dev/pts/[0-9]+$' "tty"
case_ok

case_begin "pamtester: open and close"
expect_ok as_pamtester alice open_session close_session
expect_all_gone
case_ok

case_begin "pamtester: open twice, close twice"
expect_ok as_pamtester alice open_session open_session close_session close_session
expect_all_gone
case_ok

case_begin "pamtester: close without open, and once too often"
expect_ok as_pamtester alice close_session
expect_ok as_pamtester alice open_session close_session close_session
expect_all_gone
case_ok

case_begin "pamtester: open and no close"
expect_ok as_pamtester alice open_session
expect_all_gone
case_ok

case_begin "credentials are none of the module's business"
expect_ok as_pamtester alice open_session 'setcred(PAM_ESTABLISH_CRED)' 'setcred(PAM_REINITIALIZE_CRED)' close_session
expect_all_gone
case_ok
