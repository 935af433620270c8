import type { ItemType } from '../protocol/work.ts';

/** The checklists that items begin with where the repository has no template of its own. */
export const builtInChecklists: Readonly<Record<ItemType, readonly string[]>> = {
  feature: [
    'It does what was asked for, also where input is empty, large or wrong',
    'Tests cover it',
    'Documentation says how to use it',
    'Tried by hand as a user would',
  ],
  fix: ['A test shows the defect', 'The cause is found and named in the notes', 'The test passes', 'Looked for the same mistake elsewhere'],
  chore: ['Nothing changes for users, or the notes say what', 'Tests pass', 'What is no longer needed is gone'],
  infrastructure: [
    'Tried somewhere that is not production',
    'The way back is known and tried',
    'Monitoring shows whether it works',
    'Documentation says what is different now',
  ],
  deployment: [
    'The version and its changes are known',
    'Backups are there where data changes',
    'The way back is known',
    'Healthy after the deployment',
    'Those who use it are told',
  ],
  documentation: ['Every command and example was tried', 'Links lead somewhere', 'Somebody who does not know it has read it'],
  incident: [
    'What users noticed, since when and until when',
    'Service is restored',
    'The cause is found',
    'It cannot happen in the same way again',
    'What was learned is written down',
  ],
  spike: ['The question is written down', 'A time limit is set', 'The answer is in the notes', 'What follows from it is planned'],
};
