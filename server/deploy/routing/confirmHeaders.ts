/** Headers with which a release proves that it is the one that answers: asked with its id, no other route says it. */
export const askHeader = 'hearth-confirm';
export const answerHeader = 'hearth-deployment';
