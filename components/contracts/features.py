# SPDX-License-Identifier: Apache-2.0
"""Names of the features of tf.Examples, raw and transformed.

The examples hold only sound items: one example per image, per paragraph of a text, per
row of a table, or per rating. The other features of a row are the columns of its table.
"""

from typing import Final

# Raw features of an image.
IMAGE: Final = "image"
LABEL: Final = "label"
ITEM_ID: Final = "item_id"

# Raw feature of a row of a table, if its target is a number, and of a rating: float32.
TARGET: Final = "target"

# Raw features of a rating: who rated what, what it is called, when in seconds since
# 1970.
USER: Final = "user"
ITEM: Final = "item"
TITLE: Final = "title"
TIME: Final = "time"

# Begin of the comment in a JPEG that Ingest converted.
CONVERTED_COMMENT: Final = "converted at ingest: "

# Raw features of a paragraph.
TEXT: Final = "text"

# Added by Transform to a paragraph: its tokens, and their ids. Ids of the vocabulary
# begin at 1, unknown tokens have id 0. The vocabulary file has the second name.
TOKENS: Final = "tokens"
WORDS: Final = "words"

# Added by Transform to an image: inverse class share on the training split.
LABEL_WEIGHT: Final = "label_weight"

# Added by Transform to the name of a column that may miss values: 1 where it does.
IS_MISSING: Final = "_is_missing"
