"""Names that vulture reports although they are used, each group with its reason.

``vulture`` (configured in pyproject.toml) reads this file as a use of the names.
"""

# ruff: noqa: B018, F821

# Fields of result models and frozen results: JSON, tables and callers read them by name.
_.adjusted_bootstrap
_.adjusted_williams
_.alpha_high
_.alpha_low
_.ceiling_intervals
_.conversion
_.floor_interval
_.half_width_mean
_.halves_high
_.halves_low
_.icc1_high
_.icc1_low
_.icck_high
_.icck_low
_.identifiable
_.k_max
_.k_median
_.k_min
_.listener_share
_.n_duplicates
_.n_pairs_split
_.n_pairs_used
_.n_parts
_.n_ratings_used
_.n_single
_.null_variance
_.p_second
_.per_listener_max
_.per_listener_median
_.per_listener_min
_.per_pair_max
_.per_pair_mean
_.per_pair_median
_.per_pair_min
_.pooled_variance
_.rank_median
_.share_highest
_.share_lowest
_.split_halves
_.split_halves_expected
_.split_halves_high
_.split_halves_low
_.williams_t

# Keys of a system description: files give them, task rules and the schema read them by name.
_.KTAU
_.LCC
_.MSE
_.SRCC
_.abbreviation
_.affiliation
_.complexity
_.department
_.ensemble
_.external_data
_.firstname
_.institute
_.lastname
_.macs
_.mixture_of_experts
_.pretrained_models
_.source_code
_.total_parameters
_.trained_on
_.training_data

# Public methods and properties of the Python API that the toolkit itself does not need.
_.from_frame  # listeners.Ratings from a DataFrame
_.matrices  # statistics.PermutationCounts: p values in the form that assign_clusters takes
_.probability_first  # statistics.RankStability

# Called or read by the standard library and by click.
_.readable  # io.RawIOBase
_.readinto  # io.RawIOBase
_.create_system  # zipfile.ZipInfo
_.external_attr  # zipfile.ZipInfo
_.command_class  # click.Group
_.allow_extra_args  # click.Command
_.dont_write_bytecode  # sys
_.showwarning  # warnings

# Methods that users of Python and notebooks call.
_._repr_html_
_.compute
_.from_json
_.reset
_.to_csv
_.to_json
_.to_latex
_.to_markdown

# The standalone validator: the import system calls the first ones, generated code `install`.
_.exec_module
_.get_source
_.install
# PyYAML calls it.
_.scan_to_next_token
# The stand-ins for pydantic and numpy have the names of these libraries.
_.__class_getitem__
_.include_url
_._own_checks
_.allow_inf_nan
_.max_length
_.min_length
_.strip_whitespace

# Methods of figures, for notebooks and users.
_._repr_svg_
_.to_svg

# Fields that the templates of the site read.
_.best_value
_.chart
_.chip
_.diagonal
_.effect_metrics
_.effect_sentence
_.heading
_.href
_.how
_.lede
_.limit_high
_.limit_low
_.limit_name
_.limit_sentence
_.neighbour_metrics
_.profile_facts
_.x_ticks
_.y_ticks
_.zero

# Types in quotation marks, which vulture does not read.
BaseLoader
FileFinder
