"""A training run: from data to a fitted Pipeline and the numbers about it."""

from collections.abc import Mapping
from contextlib import nullcontext
from dataclasses import dataclass

from sklearn.pipeline import Pipeline

from siffra.forest import LowLatencyRandomForest
from siffra.model_folder.versions import installed_versions
from siffra.reader import DigitReader
from siffra.rejection import Thresholds

from .ablation import AblationResult, ablate
from .comparison import ComparisonResult, compare
from .data import Digits
from .evaluation import Evaluation, evaluate
from .feature_set import (
    N_RENDERINGS,
    FeatureSet,
    Source,
    Split,
    build_feature_set,
    build_non_digits,
    join,
    non_digit_rows,
)
from .inputs import DataReport, TrainingConfig, TrainingData, load_data
from .judge import fit_judge, number_of_rows
from .learning import LearningResult, evaluate_learning
from .model import FOREST_PARAMS, assemble_pipeline, build_extractor
from .numbers_evaluation import NumbersReport, evaluate_numbers
from .numbers_threshold import find_number_threshold
from .pictures import PictureEvaluation, evaluate_pictures
from .progress import Cost, Display, Steps
from .robustness import RobustnessResult, measure_robustness
from .rows import RowSampler
from .scorer import fit_scorer, predict
from .search import FAST_GRID, PARAM_GRID, SearchResult, search
from .thresholds import RejectionReport, choose_digit_threshold, measure_rejection


@dataclass(frozen=True, kw_only=True)
class StrokeEvaluation(Evaluation):
    """The evaluation on all drawn test digits, and on those of each source."""

    sources: dict[str, Evaluation]


@dataclass(frozen=True)
class RunReport:
    """The settings of the run."""

    seed: int
    fast: bool
    hold_out_test: bool


@dataclass(frozen=True, kw_only=True)
class Results:
    """How a Pipeline that was fitted without the test split did there."""

    test: Evaluation
    strokes: StrokeEvaluation | None
    images: Evaluation | None  # of one's own
    rejection: RejectionReport
    numbers: NumbersReport
    learning: dict[str, LearningResult]  # by source of pen strokes
    kinds: list[PictureEvaluation]


@dataclass(frozen=True, kw_only=True)
class Metrics(Results):
    """The content of metrics.json; a step that was left out is empty or None."""

    data: DataReport
    comparison: list[ComparisonResult]
    ablation: list[AblationResult]
    search: SearchResult | None
    robustness: list[RobustnessResult]
    run: RunReport
    cost: Cost
    versions: dict[str, str]


@dataclass(frozen=True)
class TrainingResult:
    """A fitted Pipeline, its thresholds, the judge of numbers, and the metrics."""

    pipeline: Pipeline
    thresholds: Thresholds
    judge: LowLatencyRandomForest
    metrics: Metrics


@dataclass(frozen=True)
class _Prepared:
    """The inputs of all fits."""

    config: TrainingConfig
    data: TrainingData
    extractor: Pipeline
    rows: FeatureSet
    non_digits: FeatureSet


@dataclass(frozen=True)
class _Chosen:
    """Everything that was chosen or fitted on the validation split."""

    search: SearchResult | None
    params: Mapping[str, int]
    thresholds: Thresholds
    judge: LowLatencyRandomForest


def train(config: TrainingConfig, display: Display = nullcontext) -> TrainingResult:
    """Compare, search, evaluate on data held out, and fit the final model on all data.

    The same data, seed and library versions give the same result on the same machine. A DataError
    says which data is missing or malformed.
    """
    step, seed = Steps(display), config.seed
    with step("Data"):
        data, report = load_data(config)
    comparison, ablation = [], []
    if not config.skip_comparison:
        comparison = compare(data.mnist.train, data.mnist.validation, seed, step)
        ablation = ablate(data.mnist, data.strokes, seed, step)
    with step("Features"):
        prepared = _prepare(config, data)
    chosen = _choose(prepared, step)
    pipeline, results = _evaluate(prepared, chosen, step)
    robustness = []
    if not config.skip_comparison:
        with step("Robustness"):
            robustness = measure_robustness(pipeline, data.mnist.train, data.mnist.test, seed)
    if not config.hold_out_test:
        with step("Final fit"):
            fitted = fit_scorer(prepared.rows, seed)
            forest = fitted.fit_forest(seed, chosen.params)
            pipeline = assemble_pipeline(prepared.extractor, fitted.scorer, forest)
    metrics = Metrics(
        data=report,
        comparison=comparison,
        ablation=ablation,
        search=chosen.search,
        robustness=robustness,
        run=RunReport(seed, config.fast, config.hold_out_test),
        cost=step.cost(),
        versions=installed_versions(),
        **vars(results),
    )
    return TrainingResult(pipeline, chosen.thresholds, chosen.judge, metrics)


def _prepare(config: TrainingConfig, data: TrainingData) -> _Prepared:
    """Compute the features of all rows."""
    extractor, seed = build_extractor(), config.seed
    rows = build_feature_set(
        extractor,
        data.mnist,
        data.strokes,
        seed,
        corrections=data.corrections,
        images=data.images,
    )
    non_digits = build_non_digits(extractor, data.others, rows, seed)
    rows = join([rows, non_digit_rows(non_digits)])
    return _Prepared(config, data, extractor, rows, non_digits)


def _choose(prepared: _Prepared, step: Steps) -> _Chosen:
    """Fit on the training split, and choose on the validation split."""
    config, data, rows = prepared.config, prepared.data, prepared.rows
    with step("Validation fit"):
        fitted = fit_scorer(rows.up_to(Split.TRAIN), config.seed)
    found = None
    if not config.skip_search:
        grid = FAST_GRID if config.fast else PARAM_GRID
        found = search(fitted, rows.select(Split.VALIDATION), grid, config.seed, step)
    params = found.best_params if found else FOREST_PARAMS
    with step("Threshold of digits"):
        forest = fitted.fit_forest(config.seed, params)
        digit = _digit_threshold(fitted.scorer, forest, rows)
    with step("Judge of numbers"):
        # Writers and images that the Pipeline was not fitted on.
        pipeline = assemble_pipeline(prepared.extractor, fitted.scorer, forest)
        sampler = _sampler(prepared, Split.VALIDATION, data.mnist.validation)
        n_rows = number_of_rows(config.fast)
        judge = fit_judge(pipeline, sampler, config.seed, n_rows)
    with step("Threshold of numbers"):
        number = find_number_threshold(pipeline, sampler, digit, config.seed, n_rows)
    return _Chosen(found, params, Thresholds(digit, number), judge)


def _sampler(prepared: _Prepared, split: Split, digits: Digits) -> RowSampler:
    """Return what draws rows of the writers and images of a split."""
    data, splits = prepared.data, prepared.non_digits.writer_splits
    others = [
        one for drawings in data.others.values() for one in drawings if splits[one.writer] == split
    ]
    return RowSampler(data.strokes, prepared.rows.writer_splits, split, digits, others)


def _evaluate(prepared: _Prepared, chosen: _Chosen, step: Steps) -> tuple[Pipeline, Results]:
    """Fit on the training and validation splits, and evaluate on the test split."""
    config, data, rows = prepared.config, prepared.data, prepared.rows
    thresholds = chosen.thresholds
    with step("Evaluation"):
        fitted = fit_scorer(rows.up_to(Split.VALIDATION), config.seed)
        forest = fitted.fit_forest(config.seed, chosen.params)
        pipeline = assemble_pipeline(prepared.extractor, fitted.scorer, forest)
        test, strokes, images = _evaluate_test(fitted.scorer, forest, rows, thresholds, data)
        rates = {Source.MNIST.title: test} | (strokes.sources if strokes else {})
        accepted = {name: 1 - one.rejection_rate for name, one in rates.items()}
        rejection = measure_rejection(
            thresholds, accepted, fitted.scorer, forest, prepared.non_digits
        )
    with step("Evaluation of learning"):
        learning = evaluate_learning(fitted.scorer, forest, rows, config.seed)
    with step("Evaluation of numbers"):
        sampler = _sampler(prepared, Split.TEST, data.mnist.test)
        reader = DigitReader(pipeline, thresholds, judge=chosen.judge)
        numbers = evaluate_numbers(reader, sampler, config.seed, config.fast)
    with step("Evaluation of kinds of pictures"):
        splits = rows.writer_splits
        characters = [
            one
            for drawings in data.strokes.values()
            for one in drawings
            if splits[one.writer] == Split.TEST
        ]
        kinds = evaluate_pictures(reader, characters, config.seed, config.fast)
    results = Results(
        test=test,
        strokes=strokes,
        images=images,
        rejection=rejection,
        numbers=numbers,
        learning=learning,
        kinds=kinds,
    )
    return pipeline, results


def _digit_threshold(scorer: Pipeline, forest: LowLatencyRandomForest, rows: FeatureSet) -> float:
    """Choose the threshold of digits on the validation digits of every source."""
    sources = (Source.MNIST, *rows.stroke_sources, Source.IMAGES)
    sets = [one for source in sources if len(one := rows.select(Split.VALIDATION, source))]
    return choose_digit_threshold(
        [predict(scorer, forest, one.features) for one in sets], [one.labels for one in sets]
    )


def _evaluate_test(
    scorer: Pipeline,
    forest: LowLatencyRandomForest,
    rows: FeatureSet,
    thresholds: Thresholds,
    data: TrainingData,
) -> tuple[Evaluation, StrokeEvaluation | None, Evaluation | None]:
    """Evaluate on the test rows: MNIST, the strokes of all sources and of each, own images."""
    without_writers = {Source.MNIST}
    if not any(image.writer_is_known for image in data.images):
        without_writers.add(Source.IMAGES)

    def measure(*sources: Source) -> Evaluation:
        test = rows.select(Split.TEST, *sources)
        predictions = predict(scorer, forest, test.features)
        return evaluate(
            test.labels,
            predictions.probabilities,
            thresholds.reject(predictions.probabilities, predictions.is_digit),
            writers=None if without_writers.issuperset(sources) else test.groups,
            n_renderings=N_RENDERINGS if set(sources) & set(rows.stroke_sources) else 1,
        )

    tested = [source for source in rows.stroke_sources if len(rows.select(Split.TEST, source))]
    has_images = len(rows.select(Split.TEST, Source.IMAGES)) > 0
    images = measure(Source.IMAGES) if has_images else None
    if not tested:
        return measure(Source.MNIST), None, images
    by_source = {source.title: measure(source) for source in tested}
    strokes = StrokeEvaluation(**vars(measure(*tested)), sources=by_source)
    return measure(Source.MNIST), strokes, images
