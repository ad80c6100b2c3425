import { defineFeatureTable, featureTable, type FeatureTable } from './feature-table.js';

const measurements = [
  'radius',
  'texture',
  'perimeter',
  'area',
  'smoothness',
  'compactness',
  'concavity',
  'concave points',
  'symmetry',
  'fractal dimension',
];

const table: FeatureTable = {
  id: 'breast-cancer',
  title: 'Cell nuclei of 569 breast masses (Wisconsin, diagnostic), 30 features',
  file: 'breast_cancer.csv',
  columns: ['mean', 'standard error of', 'worst'].flatMap((of) => measurements.map((name) => `${of} ${name}`)),
  cite: ['wolberg1995breast'],
};

/**
 * The breast-cancer data, `[569, 30]`, in the features' own units: 456 training rows, 113 held out.
 * @see wolberg1995breast
 */
export const breastCancer = () => featureTable(table);

export const breastCancerDefinition = defineFeatureTable(table);
