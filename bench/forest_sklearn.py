"""Fits scikit-learn's forest on the matrix bench/forest.ts wrote and prints what it measured as JSON.

Arguments: folder, training rows, test rows, features, trees, repetitions.
"""
import json
import sys
import time

import numpy
from sklearn.ensemble import RandomForestClassifier

folder = sys.argv[1]
train, test, features, trees, repetitions = (int(argument) for argument in sys.argv[2:7])
matrix = numpy.fromfile(f"{folder}/matrix.f32", dtype="<f4").reshape(train + test, features)
labels = numpy.fromfile(f"{folder}/labels.u8", dtype="u1")

fits, predictions, accuracies = [], [], []
for seed in range(repetitions):
    forest = RandomForestClassifier(n_estimators=trees, n_jobs=2, random_state=seed)
    start = time.perf_counter()
    forest.fit(matrix[:train], labels[:train])
    fitted = time.perf_counter()
    answers = forest.predict_proba(matrix[train:]).argmax(axis=1)
    predictions.append(time.perf_counter() - fitted)
    fits.append(fitted - start)
    accuracies.append(float((forest.classes_[answers] == labels[train:]).mean()))
print(json.dumps({"fit_s": fits, "predict_s": predictions, "accuracy": accuracies}))
