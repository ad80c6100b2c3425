import { defineFeatureTable, featureTable, type FeatureTable } from './feature-table.js';

const table: FeatureTable = {
  id: 'wine',
  title: 'Chemical analysis of 178 Italian wines, 13 features',
  file: 'wine_data.csv',
  columns: [
    'alcohol',
    'malic acid',
    'ash',
    'alcalinity of ash',
    'magnesium',
    'total phenols',
    'flavanoids',
    'nonflavanoid phenols',
    'proanthocyanins',
    'colour intensity',
    'hue',
    'OD280/OD315 of diluted wines',
    'proline',
  ],
  cite: ['aeberhard1991wine'],
};

/**
 * The wine data, `[178, 13]`, in the features' own units: 143 training rows, 35 held out.
 * @see aeberhard1991wine
 */
export const wine = () => featureTable(table);

export const wineDefinition = defineFeatureTable(table);
