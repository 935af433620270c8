/** What begins each line that Hearth writes into a reflog: by it an interrupted action knows its own commits from a person's. */
export const reflogMark = 'hearth ';
