"""goodfit.tensorboard.SummaryWriter without torch; torch's own judges it in tests/integration."""

import inspect
import json
import time

import numpy as np
from PIL import Image
from tests.oracle_reader import read_event_file

import goodfit
from goodfit.tensorboard import SummaryWriter

# torch 2.13, torch.utils.tensorboard.SummaryWriter: the names of each method's arguments.
TORCH = {
    "__init__": "log_dir comment purge_step max_queue flush_secs filename_suffix",
    "add_hparams": "hparam_dict metric_dict hparam_domain_discrete run_name global_step",
    "add_scalar": "tag scalar_value global_step walltime new_style double_precision",
    "add_scalars": "main_tag tag_scalar_dict global_step walltime",
    "add_tensor": "tag tensor global_step walltime",
    "add_histogram": "tag values global_step bins walltime max_bins",
    "add_histogram_raw": "tag min max num sum sum_squares bucket_limits bucket_counts global_step walltime",
    "add_image": "tag img_tensor global_step walltime dataformats",
    "add_images": "tag img_tensor global_step walltime dataformats",
    "add_image_with_boxes": "tag img_tensor box_tensor global_step walltime rescale dataformats labels",
    "add_figure": "tag figure global_step close walltime",
    "add_video": "tag vid_tensor global_step fps walltime",
    "add_audio": "tag snd_tensor global_step sample_rate walltime",
    "add_text": "tag text_string global_step walltime",
    "add_onnx_graph": "prototxt",
    "add_graph": "model input_to_model verbose use_strict_trace",
    "add_embedding": "mat metadata label_img global_step tag metadata_header",
    "add_pr_curve": "tag labels predictions global_step num_thresholds weights walltime",
    "add_pr_curve_raw": "tag true_positive_counts false_positive_counts true_negative_counts false_negative_counts "
    "precision recall global_step num_thresholds weights walltime",
    "add_custom_scalars_multilinechart": "tags category title",
    "add_custom_scalars_marginchart": "tags category title",
    "add_custom_scalars": "layout",
    "add_mesh": "tag vertices colors faces config_dict global_step walltime",
    "export_scalars_to_json": "path",  # of tensorboardX
    "get_logdir": "",
    "flush": "",
    "close": "",
}


def read(folder):
    series = {}
    for path in sorted(folder.glob("events.out.tfevents.*")):
        series.update(read_event_file(path.read_bytes()).series)
    return series


def test_has_the_methods_and_arguments_of_torch():
    for name, arguments in TORCH.items():
        parameters = inspect.signature(getattr(SummaryWriter, name)).parameters.values()
        own = [parameter.name for parameter in parameters if parameter.kind is not parameter.KEYWORD_ONLY]
        assert own[1:] == arguments.split(), name


def test_takes_the_folder_under_the_name_of_tensorboardx(tmp_path):
    with SummaryWriter(logdir=tmp_path / "x") as writer:
        writer.add_scalar("a", 1.0, 0)
    assert "a" in read(tmp_path / "x")


def test_scalars_with_step_and_time(tmp_path):
    with SummaryWriter(tmp_path) as writer:
        writer.add_scalar("a", 0.5, 3, walltime=1234.5)
        writer.add_scalar("a", np.float32(0.25))
        writer.add_scalar("b", 0.1, 3, new_style=True, double_precision=True)
        writer.add_scalars("group/x", {"l": 1, "r": 2}, 4)
    assert read(tmp_path)["a"][1] == [(3, 1234.5, 0.5), (0, *read(tmp_path)["a"][1][1][1:])]
    assert read(tmp_path)["b"][1][0][2] == 0.1
    assert read(tmp_path / "group_x_l")["group/x"][1][0][2] == 1.0
    assert read(tmp_path / "group_x_r")["group/x"][1][0][0] == 4


def test_scalars_have_a_title_and_a_description(tmp_path):
    with SummaryWriter(tmp_path) as writer:
        writer.add_scalar("plain", 1.0, 0)
        for step in range(3):
            writer.add_scalar("a", step / 4, step, display_name="Alpha", summary_description="what it *is*")
        writer.add_scalar("b", 0.1, 0, double_precision=True, display_name="Beta")
        writer.add_scalar("late", 1.0, 0)
        writer.add_scalar("late", 2.0, 1, summary_description="said later")
    with goodfit.open(tmp_path) as logs:
        words = {info.key.tag: (info.display_name, info.description) for info in logs.list_series()}
        assert words == {
            "plain": ("", ""),
            "a": ("Alpha", "what it *is*"),
            "b": ("Beta", ""),
            "late": ("", "said later"),
        }
        assert logs["."].scalars["a"].values.tolist() == [0.0, 0.25, 0.5]
        assert logs["."].scalars["b"].values.tolist() == [0.1]
        assert logs["."].scalars["late"].values.tolist() == [1.0, 2.0]
    raw = b"".join(path.read_bytes() for path in tmp_path.glob("events*"))
    assert raw.count(b"what it *is*") == raw.count(b"Alpha") == 1


def test_a_writer_that_writes_nothing_makes_no_folder(tmp_path, capfd):
    with SummaryWriter(tmp_path / "x", write_to_disk=False, purge_step=3) as writer:
        writer.add_scalar("a", 1.0, 0, summary_description="d")
        writer.add_scalar("a", 1.0, 0, new_style=True)
        writer.add_scalars("group", {"l": 1, "r": 2}, 4)
        writer.add_histogram("h", np.arange(9.0), 0)
        writer.add_text("t", "hello", 0)
        writer.add_embedding(np.eye(3), metadata=["a", "b", "c"])
        writer.add_hparams({"lr": 0.1}, {"score": 0.5})
        writer.add_custom_scalars_multilinechart(["a"])
        writer.flush()
        assert writer.guard.n_problems == 0
        writer.add_scalar("a", "x", 0)
    writer.close()
    assert list(tmp_path.iterdir()) == []
    assert writer.get_logdir() == str(tmp_path / "x")
    assert "'a'" in capfd.readouterr().err


def test_the_default_folder_is_named_after_time_and_host(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    writer = SummaryWriter(comment="-lr0.1")
    writer.close()
    assert writer.get_logdir().startswith("runs/" + time.strftime("%b"))
    assert writer.get_logdir().endswith("-lr0.1")


def test_hyperparameters_make_a_run_of_their_own(tmp_path):
    with SummaryWriter(tmp_path) as writer:
        writer.add_hparams({"lr": 0.1}, {"score": 0.5}, run_name="trial")
    series = read(tmp_path / "trial")
    assert {"score", "_hparams_/experiment", "_hparams_/session_start_info", "_hparams_/session_end_info"} <= set(
        series
    )


def test_a_mistake_does_not_end_the_training(tmp_path, capfd):
    with SummaryWriter(tmp_path) as writer:
        writer.add_scalar("a", "x", 0)
        writer.add_image("i", np.zeros((9, 9)), 0)
        writer.add_histogram_raw("h", 0, 1, 1, 1, 1, [1, 2], [1], 0)
        writer.add_video("v", np.zeros((1, 2)), 0)
        writer.add_onnx_graph("nowhere.onnx")
        writer.add_scalar("b", 1.0, 0)
    assert writer.guard.n_problems == 5
    assert "'a'" in capfd.readouterr().err
    assert "b" in read(tmp_path)


class Drawing:
    """What of a matplotlib figure is used."""

    def __init__(self, width):
        self.width = width

    def savefig(self, out, format):
        Image.new("RGB", (self.width, 4)).save(out, format)


def test_several_figures_are_one_batch(tmp_path, capfd):
    with SummaryWriter(tmp_path) as writer:
        writer.add_figure("one", Drawing(5), 1)
        writer.add_figure("several", [Drawing(5), Drawing(5)], 2)
        writer.add_figure("unlike", [Drawing(5), Drawing(6)], 3)
    images = goodfit.open(tmp_path)["."].images
    assert [[array.shape for array in image.arrays()] for image in images["one"]] == [[(4, 5, 3)]]
    assert [[array.shape for array in image.arrays()] for image in images["several"]] == [[(4, 5, 3)] * 2]
    assert "unlike" not in images
    assert "sizes [(5, 4), (6, 4)]" in capfd.readouterr().err


def test_a_tensor_has_the_plugin_that_torch_names(tmp_path):
    with SummaryWriter(tmp_path) as writer:
        writer.add_tensor("t", np.arange(3.0), 1)
    with goodfit.open(tmp_path) as logs:
        [info] = logs.list_series()
        assert (info.kind, info.plugin) == ("tensor", "tensor")
        assert logs["."].tensors["t"][0].tolist() == [0.0, 1.0, 2.0]


def test_exports_scalars_as_tensorboardx_does(tmp_path):
    # Written by tensorboardX 2.6.5 on these calls, in a folder named `logs`.
    theirs = (
        '{"logs/group/x/l": [[1.5, 3, 0.1], [2.5, 4, NaN]], "logs/group/x/r": [[1.5, 3, 2.0]], '
        '"logs/plain/l": [[4.0, null, -Infinity]]}'
    )
    with SummaryWriter(tmp_path / "logs") as writer:
        writer.add_scalar("loss", 0.5, 1)  # not among them
        writer.add_scalars("group/x", {"l": 0.1, "r": 2}, 3, walltime=1.5)
        writer.add_scalars("group/x", {"l": float("nan")}, np.int64(4), walltime=2.5)
        writer.add_scalars("plain", {"l": float("-inf")}, walltime=4.0)
        writer.export_scalars_to_json(tmp_path / "first.json")
        writer.export_scalars_to_json(tmp_path / "second.json")
        before_s = time.time()
        writer.add_scalars("plain", {"l": 7}, 5)
        writer.export_scalars_to_json(tmp_path / "third.json")
    assert (tmp_path / "first.json").read_text() == theirs.replace('"logs/', f'"{tmp_path}/logs/')
    assert (tmp_path / "second.json").read_text() == "{}"
    [[[wall_time, *rest]]] = json.loads((tmp_path / "third.json").read_text()).values()
    assert before_s <= wall_time <= time.time() and rest == [5, 7.0]


def test_an_export_that_cannot_be_written_is_told_and_forgets_nothing(tmp_path, capfd):
    with SummaryWriter(tmp_path / "logs") as writer:
        writer.add_scalars("a", {"b": 1}, 0)
        writer.export_scalars_to_json(tmp_path / "nowhere" / "x.json")
        assert "export_scalars_to_json" in capfd.readouterr().err
        writer.export_scalars_to_json(tmp_path / "x.json")
    assert len(json.loads((tmp_path / "x.json").read_text())) == 1
