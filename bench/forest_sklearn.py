"""Fits scikit-learn's forest on the matrix bench/forest.ts wrote and prints what it measured as JSON.

Arguments: folder, training rows, test rows, features, trees, threads, repetitions, predictions by each forest.
"""
import json
import sys
import time

import numpy
from sklearn.ensemble import RandomForestClassifier

folder = sys.argv[1]
train, test, features, trees, threads, repetitions, repeats = (int(argument) for argument in sys.argv[2:9])
matrix = numpy.fromfile(f"{folder}/matrix.f32", dtype="<f4").reshape(train + test, features)
labels = numpy.fromfile(f"{folder}/labels.u8", dtype="u1")

samples = {"fits": [], "predictions": [], "predictionsCpu": [], "accuracies": []}
for seed in range(repetitions):
    forest = RandomForestClassifier(n_estimators=trees, n_jobs=threads, random_state=seed)
    start = time.perf_counter()
    forest.fit(matrix[:train], labels[:train])
    samples["fits"].append(time.perf_counter() - start)
    for _ in range(repeats):
        start, cpu = time.perf_counter(), time.process_time()
        probabilities = forest.predict_proba(matrix[train:])
        samples["predictions"].append(time.perf_counter() - start)
        samples["predictionsCpu"].append(time.process_time() - cpu)
    answers = probabilities.argmax(axis=1)
    samples["accuracies"].append(float((forest.classes_[answers] == labels[train:]).mean()))
print(json.dumps(samples))
