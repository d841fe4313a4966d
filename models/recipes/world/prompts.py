"""Builds the prompts of src/prompts.json: the shared part before the question and the part each question adds."""

from .vocabulary import PROMPTS

START, END = "<|im_start|>", "<|im_end|>"
FORMS = list(PROMPTS["forms"])


def image_text(tokens):
    """The text that stands for a picture of `tokens` merged tokens."""
    return "<|vision_start|>" + "<|image_pad|>" * tokens + "<|vision_end|>"


def split_prompt(form, question, image_tokens, think=0):
    """A prompt as (text before the first question, text from the question on), ending where the answer starts.

    form: one of FORMS. think: number of placeholder tokens, ignored by forms that have none.
    The two texts can be tokenised apart: the first ends in a line break or a space that BPE never merges with a letter.
    """
    spec = PROMPTS["forms"][form]
    head, tail = spec["user"].split("{question}", 1)
    before = f"{START}system\n{spec['system']}{END}\n{START}user\n" + head.replace("{image}", image_text(image_tokens))
    after = ("{question}" + tail).replace("{L}", str(think)).replace("{think}", PROMPTS["placeholder"] * think)
    return before, after.replace("{question}", question) + f"{END}\n{START}assistant\n"


def response(form, item):
    """The reply a form is trained to give, without the end token."""
    if item["family"] == "caption":
        return item["answer"]
    boxed = f"\\boxed{{{item['answer']}}}"
    return " ".join([*item["steps"], boxed]) if form == "cot" else boxed


def boxed(text):
    """The content of the last \\boxed{} of a reply, or None."""
    start = text.rfind("\\boxed{")
    end = text.find("}", start)
    return text[start + 7 : end].strip() if start >= 0 and end > start else None
