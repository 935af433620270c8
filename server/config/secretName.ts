/** Names of variables that say what their value is. */
export const secretName = /(^|_)(PASSWORD|PASSWD|SECRET|TOKEN|API_?KEY|PRIVATE_?KEY|ACCESS_?KEY|CREDENTIALS?)$/i;

/** Headers whose value is one. */
export const secretHeader = /^(proxy-)?authorization$|^cookie$|(^|-)(api-?key|access-?key|token|secret|password|auth)$/i;
